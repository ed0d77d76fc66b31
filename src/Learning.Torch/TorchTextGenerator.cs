using EdgeFlora.Learning.Generation;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable.Generation;
using TorchSharp;
using static TorchSharp.torch;

namespace EdgeFlora.Learning.Torch;

/// <summary>Continues prompts: groups of texts grow side by side, a token of each at a time.</summary>
/// <param name="tokens">Overwritten.</param>
internal sealed class TorchTextGenerator(BaseModel model, ILanguageModel network, TorchWeights weights, TorchDevice device, TokenBatch tokens)
{
    // The weights are read once for all texts of a group; more of them would make keys and values larger than many a model.
    private const int GroupSize = 8;

    /// <returns>For every prompt its samples, one prompt after the other.</returns>
    public IReadOnlyList<GeneratedText> Run(IReadOnlyList<string> prompts, GenerationOptions options, CancellationToken cancellationToken)
    {
        List<TextInProgress> texts = TextGenerator.Begin(model, prompts, options);
        foreach (TextInProgress[] group in texts.Chunk(GroupSize))
        {
            Grow(group, cancellationToken);
        }

        return [.. texts.Select(text => text.Finished())];
    }

    private void Grow(TextInProgress[] growing, CancellationToken cancellationToken)
    {
        using var cache = new TorchKeyValueCache(growing.Length, device.Device);
        while (growing.Length > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            float[] scores = Scores(growing, cache);
            for (int i = 0; i < growing.Length; i++)
            {
                growing[i].Append(scores.AsSpan(i * network.VocabularySize, network.VocabularySize));
            }

            int[] unfinished = [.. Enumerable.Range(0, growing.Length).Where(i => !growing[i].IsFinished)];
            if (unfinished.Length < growing.Length)
            {
                cache.Keep(unfinished);
                growing = [.. unfinished.Select(i => growing[i])];
            }
        }
    }

    /// <summary>Of every token as the next one of each text: [texts × vocabulary].</summary>
    private float[] Scores(TextInProgress[] growing, TorchKeyValueCache cache)
    {
        tokens.Clear();
        foreach (TextInProgress text in growing)
        {
            tokens.Add(text.Unread, text.Unread.Length, text.Read);
        }

        using DisposeScope scope = NewDisposeScope();
        var operations = new TorchOperations(weights, device, cache);
        return TorchTraining.Read(network.Logits(operations, network.Encode(operations, tokens), tokens.Ends));
    }
}
