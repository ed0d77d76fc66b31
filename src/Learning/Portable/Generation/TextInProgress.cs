using System.Runtime.InteropServices;
using System.Text;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Learning.Generation;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Tokenizers;

namespace EdgeFlora.Learning.Portable.Generation;

/// <summary>One text that is being written, with what the model remembers of it.</summary>
internal sealed class TextInProgress
{
    private readonly ITokenizer tokenizer;
    private readonly IReadOnlySet<int> endTokens;
    private readonly GenerationOptions options;
    private readonly TokenSampler sampler;
    private readonly List<int> ids;
    private readonly int promptTokens;
    private readonly int maxTokens;
    private readonly int longestStop;
    private StopReason reason;

    /// <param name="prompt">At least one token.</param>
    public TextInProgress(BaseModel model, int[] prompt, GenerationOptions options, SeededRandom random)
    {
        tokenizer = model.Tokenizer;
        endTokens = model.EndTokens;
        this.options = options;
        sampler = new TokenSampler(options, random);
        ids = [.. prompt];
        promptTokens = prompt.Length;

        // The last token is written but never read, so one more fits than there are positions.
        maxTokens = (int)Math.Min(prompt.Length + (long)options.MaxNewTokens, model.MaxTokens + 1L);
        longestStop = options.StopTexts.Select(Encoding.UTF8.GetByteCount).DefaultIfEmpty().Max();
    }

    /// <summary>Empty again once the text is finished: others may still wait for theirs.</summary>
    public KeyValueCache Cache { get; private set; } = new();

    public bool IsFinished { get; private set; }

    /// <summary>Tokens that the model has read.</summary>
    public int Read => Cache.Tokens;

    /// <summary>Tokens that the model has not read yet: the prompt, then one at a time.</summary>
    public ReadOnlySpan<int> Unread => CollectionsMarshal.AsSpan(ids)[Cache.Tokens..];

    /// <summary>Says that the model has read <see cref="Unread"/>, and takes the next token.</summary>
    /// <param name="scores">Of every token as the next one.</param>
    public void Append(ReadOnlySpan<float> scores)
    {
        Cache.Advance(Unread.Length);

        // Where the model's vocabulary is padded, its last rows stand for no text.
        ids.Add(sampler.Choose(scores[..Math.Min(scores.Length, tokenizer.VocabularySize)]));
        if (options.StopsAtEnd && endTokens.Contains(ids[^1]))
        {
            Finish(StopReason.End);
        }
        else if (longestStop > 0 && StopsWithin(Tail()))
        {
            Finish(StopReason.StopText);
        }
        else if (ids.Count == maxTokens)
        {
            Finish(StopReason.Length);
        }
    }

    public GeneratedText Finished()
    {
        // What follows the prompt in the text of both: a piece's text may depend on what stands before it.
        string whole = tokenizer.Decode(CollectionsMarshal.AsSpan(ids));
        string prompt = tokenizer.Decode(CollectionsMarshal.AsSpan(ids)[..promptTokens]);
        string text = whole.StartsWith(prompt, StringComparison.Ordinal)
            ? whole[prompt.Length..]
            : tokenizer.Decode(CollectionsMarshal.AsSpan(ids)[promptTokens..]);
        int end = options.StopTexts.Select(stop => text.IndexOf(stop, StringComparison.Ordinal)).Where(at => at >= 0).DefaultIfEmpty(text.Length)
            .Min();
        return new GeneratedText(text[..end], ids.Count - promptTokens, reason);
    }

    private void Finish(StopReason why)
    {
        (IsFinished, reason) = (true, why);
        Cache = new KeyValueCache();
    }

    /// <summary>The end of what was written: a stop text that the last token completes has at most a byte a token before it.</summary>
    private string Tail()
    {
        int first = Math.Max(promptTokens, ids.Count - longestStop - 1);
        return tokenizer.Decode(CollectionsMarshal.AsSpan(ids)[first..]);
    }

    private bool StopsWithin(string text) => options.StopTexts.Any(stop => text.Contains(stop, StringComparison.Ordinal));
}
