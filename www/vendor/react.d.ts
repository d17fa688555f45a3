// The types of react.js: those of the package it was made from.
import React = require('react')
export = React
