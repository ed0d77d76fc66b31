using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Training;

/// <summary>Examples as token sequences with their labels.</summary>
internal sealed class EncodedExamples
{
    // [CLS] first [SEP] second [SEP].
    private const int ShortestPair = 5;

    /// <exception cref="ArgumentException">
    /// A label is none of the task's, or the model cannot take a pair of texts; the message names the example's place.
    /// </exception>
    public EncodedExamples(BaseModel model, IReadOnlyList<Example> examples, int labels, int maxTokens)
    {
        int longest = Math.Min(maxTokens, model.MaxTokens);
        int[][] sequences = new int[examples.Count][];
        int[] segments = new int[examples.Count];
        int[] classes = new int[examples.Count];
        for (int i = 0; i < sequences.Length; i++)
        {
            Example example = examples[i];
            if (example.Label < 0 || example.Label >= labels)
            {
                throw new ArgumentException($"Example {i} has label {example.Label}; the task has the labels 0 … {labels - 1}.", nameof(examples));
            }

            if (example.TextPair is not null && (longest < ShortestPair || !model.Network.TakesPairs))
            {
                throw new ArgumentException(
                    $"Example {i} is a pair of texts; it takes a model that "
                    + $"{(model.Network.TakesPairs ? "may be given" : "tells two texts apart (BERT: 2 segment types) and")} at least {ShortestPair} "
                    + $"tokens, here are {longest}.",
                    nameof(examples));
            }

            sequences[i] = model.Tokenizer.Encode(example.Text, example.TextPair, longest, out segments[i]);
            classes[i] = example.Label;
        }

        Sequences = sequences;
        SecondSegments = segments;
        Labels = classes;
    }

    public IReadOnlyList<int[]> Sequences { get; }

    /// <summary>Where token type 1 begins in each sequence; its length if it has none.</summary>
    public IReadOnlyList<int> SecondSegments { get; }

    public IReadOnlyList<int> Labels { get; }
}
