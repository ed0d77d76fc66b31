namespace EdgeFlora.Learning.Tokenizers.Decoding;

/// <summary>Rewrites the tokens of a text on their way back to it; all of them in a row are then the text.</summary>
internal delegate IReadOnlyList<string> TokenDecoder(IReadOnlyList<string> tokens);
