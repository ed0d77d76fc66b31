using System.Globalization;
using System.Numerics.Tensors;
using System.Security.Cryptography;
using System.Text;
using EdgeFlora.Adapters;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Portable;

/// <summary>The loop that all tasks share: draw a batch, sum the shards' gradients, clip, step. What the loss is, a task says.</summary>
internal abstract class PortableTraining : ITraining
{
    // Enough rows for the matrix products to run at full speed, few enough for the activations to stay near the processor.
    private const int ShardTokens = 512;

    private readonly byte[] identity;
    private readonly IReadOnlyList<int[]> sequences;
    private readonly BatchOrder? order;
    private readonly int[] batch;
    private readonly IOptimiser optimiser;
    private readonly GradientCrew.ShardWork trainShard;

    /// <param name="sequences">Token ids of the training examples; may be empty if nothing is trained.</param>
    /// <param name="identity">Hash of all that a checkpoint depends on: <see cref="TaskIdentity"/>.</param>
    protected PortableTraining(BaseModel model, AdaptedModel adapted, IReadOnlyList<int[]> sequences, byte[] identity, TrainingPlan plan)
    {
        (Model, Adapted, Plan) = (model, adapted, plan);
        this.sequences = sequences;
        this.identity = SHA256.HashData([.. identity, .. Encoding.UTF8.GetBytes(adapted.ScaleText)]);
        order = sequences.Count > 0 ? new BatchOrder(sequences.Count, plan.Seed) : null;
        batch = new int[plan.ExamplesPerStep];
        Crew = new GradientCrew(adapted.Weights, adapted.Trained.Length, plan.Threads);
        optimiser = Optimisers.Create(plan, adapted.Trained.Length);
        trainShard = (tape, tokens, shard) => Loss(tape, tokens, Shards[shard]);
    }

    public int Step { get; private set; }

    public long TrainedTokens { get; private set; }

    protected BaseModel Model { get; }

    protected AdaptedModel Adapted { get; }

    protected TrainingPlan Plan { get; }

    protected GradientCrew Crew { get; }

    protected Shards Shards { get; } = new(ShardTokens);

    /// <summary>The examples of this step, as places in the training data.</summary>
    protected ReadOnlySpan<int> Batch => batch;

    public double TrainStep()
    {
        if (order is null)
        {
            throw new InvalidOperationException("There are no examples to train on.");
        }

        order.Fill(Step, batch);
        Prepare();
        Shards.Cut(sequences, batch);
        double loss = Crew.Differentiate(Shards.Count, trainShard);
        double norm = Math.Sqrt(TensorPrimitives.SumOfSquares<float>(Crew.Gradient));
        if (!double.IsFinite(loss) || !double.IsFinite(norm))
        {
            throw new TrainingDivergedException(
                string.Create(CultureInfo.InvariantCulture, $"Step {Step + 1}: loss {loss}, gradient norm {norm}; lower the learning rate {Plan.LearningRate} or look at the data."));
        }

        float scale = Plan.ClipNorm > 0 && norm > Plan.ClipNorm ? (float)(Plan.ClipNorm / norm) : 1;
        double rate = LearningRate.At(Step, Plan.Steps, Plan.LearningRate, Plan.WarmupFraction, Plan.Schedule);
        Step++;
        CountTokens();
        optimiser.Update(Adapted.Trained, Crew.Gradient, Step, rate, Plan.WeightDecay, scale);
        return loss;
    }

    public LoraAdapter Snapshot() => Adapted.Snapshot();

    public void Save(Stream checkpoint) => Checkpoint().Write(checkpoint, Step);

    public void Restore(Stream checkpoint) => Step = Checkpoint().Read(checkpoint, Plan.Steps);

    public void Dispose() => Crew.Dispose();

    /// <summary>Called once a step, when <see cref="Batch"/> has been drawn.</summary>
    protected abstract void Prepare();

    /// <summary>Forward pass of part of the batch; the parts' losses sum to the mean loss of the batch. Runs on several threads at once.</summary>
    protected abstract double Loss(Tape tape, TokenBatch tokens, Range part);

    private void CountTokens()
    {
        foreach (int index in batch)
        {
            TrainedTokens += sequences[index].Length;
        }
    }

    private TrainingCheckpoint Checkpoint() => new(identity, Adapted.Trained, optimiser);
}
