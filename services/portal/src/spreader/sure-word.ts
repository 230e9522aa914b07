/** A probability in a word: from 0.8 high, from 0.5 medium, below that low. */
export const sureWord = (confidence: number): 'high' | 'medium' | 'low' =>
  confidence >= 0.8 ? 'high' : confidence >= 0.5 ? 'medium' : 'low';
