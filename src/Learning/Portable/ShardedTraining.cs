using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable.Shapes;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Portable;

/// <summary>Takes gradients on the processor, shard by shard on a crew of threads. What the loss is, a task says.</summary>
internal abstract class ShardedTraining : AdapterTraining
{
    private readonly GradientCrew.ShardWork trainShard;

    protected ShardedTraining(TrainingStart start)
        : base(start, arithmetic: "")
    {
        Shards = new Shards(Plan.Savings.ShardTokens);
        Crew = new GradientCrew(Adapted.Weights, Adapted.Trained.Length, Plan.Threads, Plan.Savings.Recompute);
        if (start.Sequences.Count > 0)
        {
            Crew.Reserve(ShardMemory.Values(start.Model.Network, start.Head, TrainedShape.Of(Adapted.Weights), Plan));
        }

        trainShard = (tape, tokens, shard) => Loss(tape, tokens, Shards[shard]);
    }

    // Nothing of it is given back before the end.
    public override long? TrainingBytes => Crew.Bytes + AdapterBytes;

    protected GradientCrew Crew { get; }

    protected Shards Shards { get; }

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
