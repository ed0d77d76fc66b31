using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Learning.Generation;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Portable.Generation;

/// <summary>Continues prompts: groups of texts grow side by side, a token of each at a time.</summary>
internal sealed class TextGenerator(BaseModel model, ILanguageModel network, GradientCrew crew)
{
    // The weights are read once for all texts of a group. Groups do not depend on the number of threads, so neither do the bits.
    private const int GroupSize = 8;

    /// <returns>For every prompt its samples, one prompt after the other.</returns>
    public IReadOnlyList<GeneratedText> Run(IReadOnlyList<string> prompts, GenerationOptions options, CancellationToken cancellationToken)
    {
        List<TextInProgress> texts = Begin(model, prompts, options);
        TextInProgress[][] groups = [.. texts.Chunk(GroupSize)];
        crew.Infer(
            groups.Length,
            (tape, tokens, group) =>
            {
                Grow(tape, tokens, [.. groups[group]], cancellationToken);
                return 0;
            },
            cancellationToken);
        return [.. texts.Select(text => text.Finished())];
    }

    /// <summary>For every prompt its samples, none of them written yet.</summary>
    public static List<TextInProgress> Begin(BaseModel model, IReadOnlyList<string> prompts, GenerationOptions options)
    {
        var texts = new List<TextInProgress>();
        for (int i = 0; i < prompts.Count; i++)
        {
            int[] prompt = Prompt(model, prompts[i], i, options);
            for (int sample = 0; sample < options.Samples; sample++)
            {
                texts.Add(new TextInProgress(
                    model, prompt, options, SeededRandom.For(options.Seed, "generation", checked((i * options.Samples) + sample))));
            }
        }

        return texts;
    }

    private static int[] Prompt(BaseModel model, string prompt, int place, GenerationOptions options)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        int[] ids = model.Tokenizer.EncodeOpen(prompt);
        return ids.Length == 0 || ids.Length > model.MaxTokens
            ? throw new ArgumentException(
                $"Prompt {place + 1} has {ids.Length} tokens; the model takes from 1 to {model.MaxTokens}, the first new token follows them.",
                nameof(options))
            : ids;
    }

    private void Grow(Tape tape, TokenBatch tokens, List<TextInProgress> growing, CancellationToken cancellationToken)
    {
        while (growing.Count > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            tokens.Clear();
            foreach (TextInProgress text in growing)
            {
                tokens.Add(text.Unread, text.Unread.Length, text.Cache.Tokens);
            }

            tape.Start(training: false, [.. growing.Select(text => text.Cache)]);
            Activation hidden = network.Encode(tape, tokens);
            Activation scores = network.Logits(tape, hidden, tokens.Ends);
            for (int i = 0; i < growing.Count; i++)
            {
                growing[i].Append(scores.Value.Slice(i * scores.Columns, scores.Columns));
            }

            growing.RemoveAll(text => text.IsFinished);
        }
    }
}
