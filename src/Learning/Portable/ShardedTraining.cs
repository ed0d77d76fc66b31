using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Portable;

/// <summary>Takes gradients on the processor, shard by shard on a crew of threads. What the loss is, a task says.</summary>
internal abstract class ShardedTraining : AdapterTraining
{
    // Enough rows for the matrix products to run at full speed, few enough for the activations to stay near the processor.
    internal const int ShardTokens = 512;

    private readonly GradientCrew.ShardWork trainShard;

    protected ShardedTraining(TrainingStart start)
        : base(start, arithmetic: "")
    {
        Crew = new GradientCrew(Adapted.Weights, Adapted.Trained.Length, Plan.Threads);
        trainShard = (tape, tokens, shard) => Loss(tape, tokens, Shards[shard]);
    }

    // Nothing of it is given back before the end.
    public override long? TrainingBytes => Crew.Bytes + AdapterBytes;

    protected GradientCrew Crew { get; }

    protected Shards Shards { get; } = new(ShardTokens);

    protected override Span<float> Gradient => Crew.Gradient;

    public override void Dispose() => Crew.Dispose();

    protected override double Differentiate()
    {
        Shards.Cut(Sequences, Batch);
        return Crew.Differentiate(Shards.Count, trainShard);
    }

    /// <summary>Forward pass of part of the batch; the parts' losses sum to the mean loss of the batch. Runs on several threads at once.</summary>
    protected abstract double Loss(Tape tape, TokenBatch tokens, Range part);
}
