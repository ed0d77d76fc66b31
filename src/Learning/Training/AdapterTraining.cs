using System.Diagnostics;
using System.Globalization;
using System.Numerics.Tensors;
using EdgeFlora.Adapters;
using EdgeFlora.Learning.Adapting;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Training;

/// <summary>
/// The loop that all engines and tasks share: draw a batch, differentiate, clip, step. Where the gradient comes from, an engine says; what the loss
/// is, a task.
/// </summary>
/// <remarks>
/// Batch order, clipping, optimiser and checkpoint are therefore the same for every engine, bit by bit; adapters are small enough for the optimiser
/// to stay on the processor.
/// </remarks>
internal abstract class AdapterTraining : ITraining
{
    private readonly byte[] identity;
    private readonly BatchOrder? order;
    private readonly int[] batch;
    private readonly IOptimiser optimiser;
    private readonly ProximalTerm? proximal;
    private readonly DriftCorrection? correction;

    /// <param name="arithmetic">What rounds in ways of its own, as <see cref="TaskIdentity"/> says.</param>
    protected AdapterTraining(TrainingStart start, string arithmetic)
    {
        (Model, Adapted, Plan, Sequences) = (start.Model, start.Adapted, start.Plan, start.Sequences);
        identity = TaskIdentity.Of(start, arithmetic);
        order = Sequences.Count > 0 ? new BatchOrder(Sequences.Count, Plan.Seed) : null;
        batch = new int[Plan.ExamplesPerStep];
        optimiser = Optimisers.Create(Plan, Adapted.Trained.Length);
        proximal = Plan.Proximal > 0 ? new ProximalTerm(Adapted.Trained, Plan.Proximal) : null;
        correction = Plan.Correction is { } whole ? new DriftCorrection(Adapted, whole, Plan) : null;
    }

    public int Step { get; private set; }

    public long TrainedTokens { get; private set; }

    public virtual long PeakBytes
    {
        get
        {
            using var process = Process.GetCurrentProcess();
            return process.PeakWorkingSet64;
        }
    }

    public virtual long? TrainingBytes => null;

    protected BaseModel Model { get; }

    protected AdaptedModel Adapted { get; }

    protected TrainingPlan Plan { get; }

    /// <summary>Token ids of the training examples.</summary>
    protected IReadOnlyList<int[]> Sequences { get; }

    /// <summary>Bytes of the trained values, of what the optimiser keeps of them, of where they began if that counts, and of a correction.</summary>
    protected long AdapterBytes =>
        (sizeof(float) * (long)Adapted.Trained.Length * (1 + optimiser.State.Count)) + (proximal?.Bytes ?? 0) + (correction?.Bytes ?? 0);

    /// <summary>Gradient of the last <see cref="Differentiate"/>, laid out as in <see cref="TrainedWeights"/>.</summary>
    protected abstract Span<float> Gradient { get; }

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
        double loss = Differentiate();
        proximal?.AddTo(Gradient, Adapted.Trained.Values);
        double norm = Math.Sqrt(TensorPrimitives.SumOfSquares<float>(Gradient));
        if (!double.IsFinite(loss) || !double.IsFinite(norm))
        {
            throw new TrainingDivergedException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Step {Step + 1}: loss {loss}, gradient norm {norm}; lower the learning rate {Plan.LearningRate} or look at the data."));
        }

        float scale = Plan.ClipNorm > 0 && norm > Plan.ClipNorm ? (float)(Plan.ClipNorm / norm) : 1;
        double rate = LearningRate.At(Step, Plan);
        Step++;
        CountTokens();
        optimiser.Update(Adapted.Trained, Gradient, Step, rate, Plan.WeightDecay, scale);
        correction?.TakeOff(Adapted.Trained.Values, rate);
        return loss;
    }

    public LoraAdapter Snapshot()
    {
        // What was trained on weights that somebody changed meanwhile must not leave this machine.
        Model.RequireUnchanged();
        return Adapted.Snapshot();
    }

    public void Save(Stream checkpoint) => Checkpoint().Write(checkpoint, Step);

    public void Restore(Stream checkpoint) => Step = Checkpoint().Read(checkpoint, Plan.Steps);

    public abstract void Dispose();

    /// <summary>Called once a step, when <see cref="Batch"/> has been drawn.</summary>
    protected abstract void Prepare();

    /// <summary>Runs <see cref="Batch"/> forward and backward with the weights as they stand; returns its mean loss.</summary>
    protected abstract double Differentiate();

    private void CountTokens()
    {
        foreach (int index in batch)
        {
            TrainedTokens += Sequences[index].Length;
        }
    }

    private TrainingCheckpoint Checkpoint() => new(identity, Adapted.Trained, optimiser);
}
