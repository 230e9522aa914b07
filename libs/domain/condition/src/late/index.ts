export {
  frameKey,
  isLate,
  timeOfKey,
  workInPlace,
  type Checkpoint,
  type Correction,
  type KeptFrame,
  type LateSettings,
  type Timeline,
  type Worked,
  type WorkIn,
} from './timeline';
