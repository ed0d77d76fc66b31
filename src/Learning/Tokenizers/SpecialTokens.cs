namespace EdgeFlora.Learning.Tokenizers;

/// <summary>Ids of the tokens that stand for no text; null where the model has none.</summary>
/// <param name="Pad">Fills a batch's short rows.</param>
/// <param name="Unknown">Stands for text without pieces.</param>
/// <param name="Begin">The first of a sequence: BERT's classifier token, a decoder's beginning of sequence.</param>
/// <param name="End">The last of a sequence: BERT's separator, a decoder's end of sequence, which texts are learnt to end with.</param>
/// <param name="Mask">Hides a token in pre-training.</param>
public sealed record SpecialTokens(int? Pad, int? Unknown, int? Begin, int? End, int? Mask);
