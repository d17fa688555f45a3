// The types of react-dom.js: those of the package it was made from.
export * from 'react-dom/client'
