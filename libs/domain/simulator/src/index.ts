export * from './fault';
export * from './simulator';
export { Machine, drawIndividual, type Hydraulics, type Individual } from './machine';
export { Noise, seedOf } from './noise';
