using System.Numerics.Tensors;
using EdgeFlora.Adapters;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Portable;

/// <summary>One adapter in training on the processor.</summary>
internal sealed class PortableFineTuning : IFineTuning
{
    // Enough rows for the matrix products to run at full speed, few enough for the activations to stay near the processor.
    private const int ShardTokens = 512;

    private readonly BaseModel model;
    private readonly AdaptedModel adapted;
    private readonly EncodedExamples training;
    private readonly TrainingPlan plan;
    private readonly BatchOrder? order;
    private readonly int[] batch;
    private readonly int[] labels;
    private readonly float[]? labelOffsets;
    private readonly Shards shards = new(ShardTokens);
    private readonly GradientCrew crew;
    private readonly AdamW optimiser;
    private readonly GradientCrew.ShardWork trainShard;

    public PortableFineTuning(BaseModel model, AdaptedModel adapted, EncodedExamples training, TrainingPlan plan)
    {
        this.model = model;
        this.adapted = adapted;
        this.training = training;
        this.plan = plan;
        order = training.Sequences.Count > 0 ? new BatchOrder(training.Sequences.Count, plan.Seed) : null;
        batch = new int[plan.BatchSize];
        labels = new int[plan.BatchSize];
        labelOffsets = plan.LogitAdjustment > 0 ? LabelOffsets(training.Labels, adapted.Head.Outputs, plan.LogitAdjustment) : null;
        crew = new GradientCrew(adapted.Weights, adapted.Trained.Length, plan.Threads);
        optimiser = new AdamW(adapted.Trained.Length);
        trainShard = TrainShard;
    }

    public int Step { get; private set; }

    public double TrainStep()
    {
        if (order is null)
        {
            throw new InvalidOperationException("There are no examples to train on.");
        }

        order.Fill(Step, batch);
        for (int i = 0; i < batch.Length; i++)
        {
            labels[i] = training.Labels[batch[i]];
        }

        shards.Cut(training.Sequences, batch);
        double loss = crew.Differentiate(shards.Count, trainShard);
        double norm = Math.Sqrt(TensorPrimitives.SumOfSquares<float>(crew.Gradient));
        if (!double.IsFinite(loss) || !double.IsFinite(norm))
        {
            throw new TrainingDivergedException(
                string.Create(System.Globalization.CultureInfo.InvariantCulture, $"Step {Step + 1}: loss {loss}, gradient norm {norm}; lower the learning rate {plan.LearningRate} or look at the data."));
        }

        float scale = plan.ClipNorm > 0 && norm > plan.ClipNorm ? (float)(plan.ClipNorm / norm) : 1;
        double rate = LearningRate.At(Step, plan.Steps, plan.LearningRate, plan.WarmupFraction, plan.LinearDecay);
        Step++;
        optimiser.Update(adapted.Trained, crew.Gradient, Step, rate, plan.WeightDecay, scale);
        return loss;
    }

    public ClassificationMetrics Evaluate(IReadOnlyList<Example> examples, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(examples);
        float[][] probabilities = Predict(examples, cancellationToken);
        return Scoring.Score(probabilities, [.. examples.Select(example => example.Label)]);
    }

    public float[][] Predict(IReadOnlyList<Example> examples, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(examples);
        var encoded = new EncodedExamples(model, examples, adapted.Head.Outputs, plan.MaxTokens);
        float[][] probabilities = new float[examples.Count][];
        if (probabilities.Length == 0)
        {
            return probabilities;
        }

        int[] all = [.. Enumerable.Range(0, probabilities.Length)];
        shards.Cut(encoded.Sequences, all);
        crew.Infer(
            shards.Count,
            (tape, tokens, shard) =>
            {
                ReadOnlySpan<int> chosen = all.AsSpan(shards[shard]);
                Activation logits = Logits(tape, tokens, encoded.Sequences, chosen);
                for (int i = 0; i < chosen.Length; i++)
                {
                    float[] row = new float[logits.Columns];
                    TensorPrimitives.SoftMax<float>(logits.Value.Slice(i * row.Length, row.Length), row);
                    probabilities[chosen[i]] = row;
                }

                return 0;
            },
            cancellationToken);
        return probabilities;
    }

    public LoraAdapter Snapshot() => adapted.Snapshot();

    public void Save(Stream checkpoint) => Checkpoint().Write(checkpoint, Step);

    public void Restore(Stream checkpoint) => Step = Checkpoint().Read(checkpoint, plan.Steps);

    public void Dispose() => crew.Dispose();

    private double TrainShard(Tape tape, TokenBatch tokens, int shard)
    {
        Range range = shards[shard];
        Activation logits = Logits(tape, tokens, training.Sequences, batch.AsSpan(range));
        if (labelOffsets is { } offsets)
        {
            for (int row = 0; row < logits.Value.Length; row += offsets.Length)
            {
                Span<float> scores = logits.Value.Slice(row, offsets.Length);
                TensorPrimitives.Add(scores, offsets, scores);
            }
        }

        return tape.CrossEntropy(logits, labels.AsMemory(range), 1f / batch.Length);
    }

    /// <summary>τ·ln(share) of each label; −∞, and so no part in the softmax, for a label without an example.</summary>
    private static float[] LabelOffsets(IReadOnlyList<int> labels, int classes, double strength)
    {
        int[] counts = new int[classes];
        foreach (int label in labels)
        {
            counts[label]++;
        }

        return [.. counts.Select(count => (float)(strength * Math.Log((double)count / Math.Max(1, labels.Count))))];
    }

    private Activation Logits(Tape tape, TokenBatch tokens, IReadOnlyList<int[]> sequences, ReadOnlySpan<int> chosen)
    {
        tokens.Clear();
        foreach (int index in chosen)
        {
            tokens.Add(sequences[index], model.Tokenizer.SecondSegment(sequences[index]));
        }

        Activation hidden = model.Network.Encode(tape, tokens);
        return tape.Linear(model.Network.Pool(tape, hidden, tokens), adapted.Head);
    }

    private TrainingCheckpoint Checkpoint() =>
        new(TaskIdentity.Of(model, adapted.Trained, training, plan), adapted.Trained, optimiser);
}
