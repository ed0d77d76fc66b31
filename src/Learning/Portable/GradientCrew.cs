using System.Numerics.Tensors;
using EdgeFlora.Learning.Adapting;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Portable;

/// <summary>
/// Splits a batch into shards that depend on the batch alone, runs each on one thread's own tape, and adds the gradients in the order of the shards:
/// the sum has the same bits for any number of threads, and one thread needs memory for one shard only.
/// </summary>
internal sealed class GradientCrew : IDisposable
{
    private readonly ThreadCrew crew;
    private readonly Tape[] tapes;
    private readonly TokenBatch[] batches;
    private readonly double[] losses;
    private readonly float[] total;
    private readonly Action<int> trainOne;
    private readonly Action<int> inferOne;
    private ShardWork? work;
    private int first;
    private int shards;

    /// <param name="trained">Number of trained values.</param>
    /// <param name="recomputes">Whether blocks are computed once more in backward, in place of being kept.</param>
    public GradientCrew(Weights weights, int trained, int threads, bool recomputes = false)
    {
        crew = new ThreadCrew(threads);
        tapes = [.. Enumerable.Range(0, threads).Select(_ => new Tape(weights, trained, recomputes))];
        batches = [.. Enumerable.Range(0, threads).Select(_ => new TokenBatch())];
        losses = new double[threads];
        total = new float[trained];
        trainOne = worker => RunShard(worker, training: true);
        inferOne = worker => RunShard(worker, training: false);
    }

    /// <summary>Forward pass of one shard; returns its part of the loss.</summary>
    public delegate double ShardWork(Tape tape, TokenBatch batch, int shard);

    /// <summary>Sum of all shards' gradients since the last <see cref="Differentiate"/>.</summary>
    public Span<float> Gradient => total;

    /// <summary>Bytes held for activations and gradients.</summary>
    public long Bytes => tapes.Sum(tape => tape.Arena.Bytes + (4L * tape.Gradient.Length)) + (4L * total.Length);

    /// <summary>Gets memory ready for the activations of each thread.</summary>
    /// <param name="values">Of one thread.</param>
    public void Reserve(long values) => Array.ForEach(tapes, tape => tape.Arena.Reserve(values));

    /// <summary>Runs all shards forward and backward; returns the sum of their losses.</summary>
    public double Differentiate(int count, ShardWork forward)
    {
        double loss = 0;
        total.AsSpan().Clear();
        (work, shards) = (forward, count);
        for (first = 0; first < count; first += crew.Threads)
        {
            crew.Run(trainOne);
            for (int worker = 0; worker < crew.Threads && first + worker < count; worker++)
            {
                loss += losses[worker];
                TensorPrimitives.Add(total, tapes[worker].Gradient, total);
            }
        }

        return loss;
    }

    /// <summary>Runs all shards forward only.</summary>
    public void Infer(int count, ShardWork forward, CancellationToken cancellationToken)
    {
        (work, shards) = (forward, count);
        for (first = 0; first < count; first += crew.Threads)
        {
            cancellationToken.ThrowIfCancellationRequested();
            crew.Run(inferOne);
        }
    }

    public void Dispose() => crew.Dispose();

    private void RunShard(int worker, bool training)
    {
        int shard = first + worker;
        if (shard >= shards)
        {
            return;
        }

        Tape tape = tapes[worker];
        tape.Start(training);
        losses[worker] = work!(tape, batches[worker], shard);
        if (training)
        {
            tape.Backward();
        }
    }
}
