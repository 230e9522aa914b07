/** Types of spreaders, in the fleet and in the catalogue of settings. */
export const spreaderTypes = ['sts_single', 'sts_twin', 'mhc', 'yard', 'straddle', 'reach_stacker', 'other'] as const;
