// The types of lean-qr.js: those of the package it was made from.
export { generate } from 'lean-qr/nano'
