// The types of htm.js: those of the package it was made from.
export { default } from 'htm'
