using System.Text;
using EdgeFlora.Learning.Tokenizers;

namespace EdgeFlora.Learning.Data;

/// <summary>The tokens of a text and which of them are to be predicted from those before.</summary>
/// <param name="Ids">At least two tokens.</param>
/// <param name="FirstTarget">The first token that is predicted, ≥ 1; those before are given.</param>
/// <param name="Bytes">UTF-8 bytes of the predicted text. Where a text is cut, its bytes are divided evenly over its tokens.</param>
public sealed record LanguageSequence(int[] Ids, int FirstTarget, double Bytes)
{
    /// <summary>Tokens that are predicted.</summary>
    public int Targets => Ids.Length - FirstTarget;

    /// <summary>
    /// Tokens of all examples. A row begins as the tokenizer begins texts and, unless it was cut, ends with the token that ends a text; a running
    /// text is cut into blocks of <paramref name="maxTokens"/>, each with one token of the block before it, so that every token but the first is
    /// predicted once.
    /// </summary>
    /// <param name="tokenizer">Whose special tokens are found in the texts if <see cref="ITokenizer.WithSpecialTokens"/> was told so.</param>
    /// <param name="data">The texts.</param>
    /// <param name="maxTokens">Most tokens given to the model for one sequence; ≥ 1.</param>
    /// <exception cref="InvalidDataException">A prompt leaves no room for its completion; the message names its line.</exception>
    public static IReadOnlyList<LanguageSequence> Encode(ITokenizer tokenizer, LanguageDataSet data, int maxTokens)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTokens, 1);
        return data.Running
            ? Blocks(tokenizer, data.Examples[0].Text, maxTokens)
            : [.. data.Examples.Select((example, i) => Row(tokenizer, example, i, maxTokens))];
    }

    private static List<LanguageSequence> Blocks(ITokenizer tokenizer, string text, int maxTokens)
    {
        int[] ids = tokenizer.EncodeOpen(text);
        double bytesPerToken = (double)Encoding.UTF8.GetByteCount(text) / ids.Length;
        var blocks = new List<LanguageSequence>();
        for (int start = 0; start + 1 < ids.Length; start += maxTokens)
        {
            int[] block = ids[start..Math.Min(start + maxTokens + 1, ids.Length)];
            blocks.Add(new LanguageSequence(block, 1, bytesPerToken * (block.Length - 1)));
        }

        return blocks.Count > 0
            ? blocks
            : throw new InvalidDataException("The text has one token; at least two are needed to predict one from another.");
    }

    private static LanguageSequence Row(ITokenizer tokenizer, LanguageExample example, int place, int maxTokens)
    {
        // Tokens of the whole: where prompt and completion meet they may make one token, which then is predicted.
        int[] ids = tokenizer.EncodeOpen(example.Prompt + example.Text);
        int given = string.IsNullOrEmpty(example.Prompt)
            ? tokenizer.EncodeOpen("").Length
            : ids.AsSpan().CommonPrefixLength(tokenizer.EncodeOpen(example.Prompt));
        int first = Math.Max(given, 1);
        int[] ended = tokenizer.Special.End is { } end ? [.. ids, end] : ids;
        int[] kept = ended[..Math.Min(ended.Length, maxTokens + 1)];
        if (tokenizer.DropsStart && ended.Length > kept.Length)
        {
            return End(tokenizer, example, ids, ended, given, maxTokens);
        }

        if (kept.Length <= first)
        {
            string which = example.Line > 0 ? $"Line {example.Line}" : $"Example {place + 1}";
            string why = ended.Length > first
                ? $"the first {first} of its {ended.Length} tokens are given, at most {maxTokens} are read"
                : $"it has {ended.Length} token";
            throw new InvalidDataException($"{which}: {why}, and none is left to predict.");
        }

        double share = (double)Math.Max(0, Math.Min(kept.Length, ids.Length) - first) / Math.Max(1, ids.Length - given);
        return new LanguageSequence(kept, first, share * Encoding.UTF8.GetByteCount(example.Text));
    }

    /// <summary>The end of a row that is too long, after the tokens that begin every text.</summary>
    private static LanguageSequence End(ITokenizer tokenizer, LanguageExample example, int[] ids, int[] ended, int given, int maxTokens)
    {
        int opening = Math.Min(tokenizer.EncodeOpen("").Length, maxTokens);
        int dropped = ended.Length - (maxTokens + 1);
        int[] kept = [.. ended[..opening], .. ended[(opening + dropped)..]];
        int first = Math.Max(Math.Max(given - dropped, opening), 1);
        int texts = kept.Length - first - (ended.Length - ids.Length);
        return new LanguageSequence(
            kept, first, (double)Math.Max(0, texts) / Math.Max(1, ids.Length - given) * Encoding.UTF8.GetByteCount(example.Text));
    }
}
