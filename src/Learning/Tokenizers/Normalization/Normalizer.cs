namespace EdgeFlora.Learning.Tokenizers.Normalization;

/// <summary>Rewrites text before it is divided into words. Pure; takes and gives valid UTF-16.</summary>
internal delegate string Normalizer(string text);
