using System.Globalization;
using System.Numerics.Tensors;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Models.Bert;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Tokenizers;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Pretraining;

/// <summary>The training loop of masked-token prediction.</summary>
internal sealed class MaskedLanguageTraining : IDisposable
{
    private const int ShardTokens = 1024;
    private const double ClipNorm = 1;
    private const double WarmupFraction = 0.05;

    private readonly PretrainingOptions options;
    private readonly IReadOnlyList<int[]> sequences;
    private readonly WordPieceTokenizer tokenizer;
    private readonly BatchOrder order;
    private readonly int[] chosen;
    private readonly MaskedBatch batch;
    private readonly Shards shards = new(ShardTokens);
    private readonly GradientCrew crew;
    private int guessed;

    /// <param name="sequences">Training sentences as tokens.</param>
    public MaskedLanguageTraining(PretrainingOptions options, WordPieceTokenizer tokenizer, IReadOnlyList<int[]> sequences)
    {
        this.options = options;
        this.tokenizer = tokenizer;
        this.sequences = sequences;
        Model = new MaskedLanguageModel(
            new BertConfig
            {
                VocabularySize = tokenizer.VocabularySize,
                HiddenSize = options.HiddenSize,
                Layers = options.Layers,
                Heads = options.Heads,
                IntermediateSize = 4 * options.HiddenSize,
                MaxPositions = options.MaxTokens,
            },
            options.Seed);
        order = new BatchOrder(sequences.Count, options.Seed);
        chosen = new int[options.BatchSize];
        batch = new MaskedBatch(tokenizer);
        crew = new GradientCrew(Model.Weights, Model.Trained.Length, options.Threads);
        Optimiser = new AdamW(Model.Trained.Length);
    }

    public MaskedLanguageModel Model { get; }

    public AdamW Optimiser { get; }

    /// <summary>Runs step <paramref name="step"/> (from 0) and returns its mean loss per masked token in nats.</summary>
    /// <exception cref="TrainingDivergedException">Loss or gradient norm is not finite.</exception>
    public double Step(int step)
    {
        order.Fill(step, chosen);
        batch.Draw(sequences, chosen, SeededRandom.For(options.Seed, "mask", step));
        Cut();
        double loss = crew.Differentiate(shards.Count, ForwardShard);
        double norm = Math.Sqrt(TensorPrimitives.SumOfSquares<float>(crew.Gradient));
        if (!double.IsFinite(loss) || !double.IsFinite(norm))
        {
            throw new TrainingDivergedException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Step {step + 1}: loss {loss}, gradient norm {norm}; lower the learning rate {options.LearningRate}."));
        }

        double rate = LearningRate.At(step, options.Steps, options.LearningRate, WarmupFraction, RateSchedule.Linear);
        Optimiser.Update(Model.Trained, crew.Gradient, step + 1, rate, options.WeightDecay, norm > ClipNorm ? (float)(ClipNorm / norm) : 1);
        return loss;
    }

    /// <summary>Loss per masked token in nats and fraction guessed right, on sentences with masks that are the same at every call.</summary>
    public (double Loss, double Accuracy) Measure(IReadOnlyList<int[]> heldOut)
    {
        batch.Draw(heldOut, [.. Enumerable.Range(0, heldOut.Count)], SeededRandom.For(options.Seed, "held-out mask"));
        Cut();
        guessed = 0;
        double[] losses = new double[shards.Count];
        crew.Infer(shards.Count, (tape, tokens, shard) => losses[shard] = ForwardShard(tape, tokens, shard), CancellationToken.None);
        return (losses.Sum(), (double)guessed / batch.TargetCount);
    }

    public void Dispose() => crew.Dispose();

    private void Cut() => shards.Cut(batch.Sequences, [.. Enumerable.Range(0, batch.Sequences.Count)]);

    private double ForwardShard(Tape tape, TokenBatch tokens, int shard)
    {
        (int first, int count) = shards[shard].GetOffsetAndLength(batch.Sequences.Count);
        var rows = new List<int>();
        var words = new List<int>();
        tokens.Clear();
        for (int i = first; i < first + count; i++)
        {
            foreach ((int position, int word) in batch.Targets(i))
            {
                rows.Add(tokens.Tokens + position);
                words.Add(word);
            }

            tokens.Add(batch.Sequences[i], batch.Sequences[i].Length);
        }

        Activation hidden = Model.Network.Encode(tape, tokens);
        Activation scores = Model.Head.Forward(tape, hidden, rows.ToArray());
        double loss = tape.CrossEntropy(scores, words.ToArray(), 1f / batch.TargetCount);
        for (int i = 0; i < words.Count; i++)
        {
            if (TensorPrimitives.IndexOfMax<float>(scores.Value.Slice(i * scores.Columns, scores.Columns)) == words[i])
            {
                Interlocked.Increment(ref guessed);
            }
        }

        return loss;
    }
}
