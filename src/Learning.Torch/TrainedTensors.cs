using System.Runtime.InteropServices;
using EdgeFlora.Learning.Adapting;
using TorchSharp;
using static TorchSharp.torch;

namespace EdgeFlora.Learning.Torch;

/// <summary>The trained values on the device, fp32: one flat tensor in the layout of <see cref="TrainedWeights"/> with its gradient beside it, and views of both, one for each weight.</summary>
internal sealed class TrainedTensors : IDisposable
{
    private readonly Tensor values;
    private readonly Tensor gradient;
    private readonly Tensor staging;
    private readonly Dictionary<int, Tensor> leaves = [];

    public TrainedTensors(TrainedWeights weights, Device device)
    {
        using DisposeScope scope = NewDisposeScope();
        values = zeros([weights.Length], ScalarType.Float32, device).DetachFromDisposeScope();
        gradient = zeros([weights.Length], ScalarType.Float32, device).DetachFromDisposeScope();
        staging = zeros([weights.Length], ScalarType.Float32, CPU).DetachFromDisposeScope();
    }

    /// <summary>The weight whose values begin at <paramref name="offset"/>, as a leaf that takes gradients.</summary>
    public Tensor Leaf(int offset, params long[] shape)
    {
        if (!leaves.TryGetValue(offset, out Tensor? leaf))
        {
            long length = shape.Aggregate(1L, (product, dimension) => product * dimension);

            // A gradient that is there already is added to in place: all of them end up in the flat one.
            leaf = values.narrow(0, offset, length).view(shape).detach().requires_grad_().DetachFromDisposeScope();
            leaf.grad = gradient.narrow(0, offset, length).view(shape);
            leaves.Add(offset, leaf);
        }

        return leaf;
    }

    /// <summary>Takes values from the host and clears the gradient.</summary>
    public void Upload(ReadOnlySpan<float> from)
    {
        from.CopyTo(MemoryMarshal.Cast<byte, float>(staging.bytes));
        using DisposeScope scope = NewDisposeScope();
        using (no_grad())
        {
            values.copy_(staging);
            gradient.zero_();
        }
    }

    /// <summary>Hands the gradient to the host.</summary>
    public void Download(Span<float> to)
    {
        using DisposeScope scope = NewDisposeScope();
        MemoryMarshal.Cast<byte, float>(gradient.cpu().bytes).CopyTo(to);
    }

    public void Dispose()
    {
        foreach (Tensor leaf in leaves.Values)
        {
            leaf.Dispose();
        }

        values.Dispose();
        gradient.Dispose();
        staging.Dispose();
    }
}
