// The types of react.js: those of the package it was made from.
export * from 'react'
export { default } from 'react'
