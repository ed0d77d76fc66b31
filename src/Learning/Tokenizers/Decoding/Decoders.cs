using System.Text;
using EdgeFlora.Learning.Tokenizers.Pieces;
using EdgeFlora.Learning.Tokenizers.PreTokenization;

namespace EdgeFlora.Learning.Tokenizers.Decoding;

/// <summary>The published ways back from tokens to text.</summary>
internal static class Decoders
{
    /// <summary>Words with a space between: what is done where a tokenizer names no decoder.</summary>
    public static IReadOnlyList<string> Spaced(IReadOnlyList<string> tokens) => [.. tokens.Select((token, i) => i == 0 ? token : ' ' + token)];

    /// <summary>GPT-2's: the bytes that the tokens write in the byte alphabet; U+FFFD for what is no UTF-8.</summary>
    public static IReadOnlyList<string> ByteLevel(IReadOnlyList<string> tokens)
    {
        var bytes = new List<byte>();
        foreach (string token in tokens)
        {
            // An added token need not be in the alphabet.
            bytes.AddRange(ByteAlphabet.Read(token) ?? Encoding.UTF8.GetBytes(token));
        }

        return [Encoding.UTF8.GetString([.. bytes])];
    }

    /// <summary>Runs of byte tokens become their text; U+FFFD for each byte of a run that is no UTF-8.</summary>
    public static IReadOnlyList<string> ByteFallback(IReadOnlyList<string> tokens)
    {
        var strict = new UTF8Encoding(false, throwOnInvalidBytes: true);
        var decoded = new List<string>(tokens.Count);
        var run = new List<byte>();
        foreach (string token in tokens)
        {
            if (ByteTokens.Value(token) is { } value)
            {
                run.Add(value);
                continue;
            }

            Flush();
            decoded.Add(token);
        }

        Flush();
        return decoded;

        void Flush()
        {
            if (run.Count == 0)
            {
                return;
            }

            byte[] bytes = [.. run];
            run.Clear();
            try
            {
                decoded.Add(strict.GetString(bytes));
            }
            catch (DecoderFallbackException)
            {
                decoded.Add(new string((char)Rune.ReplacementChar.Value, bytes.Length));
            }
        }
    }

    /// <summary>SentencePiece's: marks become spaces; those of the first token go where one was put before the text.</summary>
    public static IReadOnlyList<string> Metaspace(IReadOnlyList<string> tokens, string mark, bool prepended) =>
        [.. tokens.Select((token, i) => token.Replace(mark, i == 0 && prepended ? "" : " ", StringComparison.Ordinal))];

    /// <summary>Byte-pair encoding's: the mark at a word's end becomes a space, but for the last word.</summary>
    public static IReadOnlyList<string> Bpe(IReadOnlyList<string> tokens, string suffix) => suffix.Length == 0
        ? tokens
        : [.. tokens.Select((token, i) => token.Replace(suffix, i == tokens.Count - 1 ? "" : " ", StringComparison.Ordinal))];

    /// <summary>That of connectionist temporal classification: repeated tokens count once, padding not at all.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="pad">The token of padding.</param>
    /// <param name="delimiter">What stands between words.</param>
    /// <param name="cleaned">Whether spacing is restored, delimiters becoming spaces.</param>
    public static IReadOnlyList<string> Ctc(IReadOnlyList<string> tokens, string pad, string delimiter, bool cleaned) => [.. tokens
        .Where((token, i) => i == 0 || token != tokens[i - 1])
        .Select(token => pad.Length == 0 ? token : token.Replace(pad, "", StringComparison.Ordinal))
        .Select(token => !cleaned ? token : delimiter.Length == 0 ? Cleaned(token) : Cleaned(token).Replace(delimiter, " ", StringComparison.Ordinal))
        .Where(token => token.Length > 0)];

    /// <summary>BERT's: pieces within a word lose their prefix, other tokens follow a space.</summary>
    public static IReadOnlyList<string> WordPiece(IReadOnlyList<string> tokens, string prefix, bool cleaned) => [.. tokens.Select((token, i) =>
    {
        bool continues = prefix.Length > 0 && token.StartsWith(prefix, StringComparison.Ordinal);
        string word = i == 0 ? token : continues ? token[prefix.Length..] : ' ' + token;
        return cleaned ? Cleaned(word) : word;
    })];

    /// <summary>All tokens as one.</summary>
    public static IReadOnlyList<string> Fuse(IReadOnlyList<string> tokens) => [string.Concat(tokens)];

    /// <summary>Takes a character off the ends of every token.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="character">Which.</param>
    /// <param name="start">At most so many from the start.</param>
    /// <param name="stop">At most so many from the end.</param>
    public static IReadOnlyList<string> Strip(IReadOnlyList<string> tokens, string character, int start, int stop) => [.. tokens.Select(token =>
    {
        int first = 0;
        for (int i = 0; i < start && token.AsSpan(first).StartsWith(character); i++)
        {
            first += character.Length;
        }

        int end = token.Length;
        for (int i = 0; i < stop && token.AsSpan(first, end - first).EndsWith(character); i++)
        {
            end -= character.Length;
        }

        return token[first..end];
    })];

    /// <summary>English spacing around marks, as BERT's published code restores it.</summary>
    private static string Cleaned(string word) => word
        .Replace(" .", ".", StringComparison.Ordinal).Replace(" ?", "?", StringComparison.Ordinal)
        .Replace(" !", "!", StringComparison.Ordinal).Replace(" ,", ",", StringComparison.Ordinal)
        .Replace(" ' ", "'", StringComparison.Ordinal).Replace(" n't", "n't", StringComparison.Ordinal)
        .Replace(" 'm", "'m", StringComparison.Ordinal).Replace(" do not", " don't", StringComparison.Ordinal)
        .Replace(" 's", "'s", StringComparison.Ordinal).Replace(" 've", "'ve", StringComparison.Ordinal)
        .Replace(" 're", "'re", StringComparison.Ordinal);
}
