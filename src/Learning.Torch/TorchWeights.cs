using System.Runtime.InteropServices;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;
using TorchSharp;
using static TorchSharp.torch;

namespace EdgeFlora.Learning.Torch;

/// <summary>What the parameters and layers of a model are bound to on the device. A frozen weight gets there when it is first used, and stays.</summary>
internal sealed class TorchWeights(Weights weights, TrainedTensors trained, TorchDevice device) : IDisposable
{
    private readonly Dictionary<ReadOnlyMemory<float>, Tensor> frozen = [];
    private readonly Dictionary<LinearLayer, TorchLora?> adapters = [];

    /// <summary>A parameter: fp32 if it is trained, else of <see cref="TorchDevice.Compute"/>.</summary>
    public Tensor this[Parameter parameter] => Bind(weights[parameter], [.. parameter.Shape.Select(dimension => (long)dimension)], device.Compute);

    public TorchLora? AdapterOf(LinearLayer layer)
    {
        if (!adapters.TryGetValue(layer, out TorchLora? adapter))
        {
            adapter = weights.AdapterOf(layer) is { } lora
                ? new TorchLora(
                    lora.Variant,
                    Bind(lora.A, [lora.Rank, layer.Inputs], ScalarType.Float32),
                    Bind(lora.B, [layer.Outputs, lora.Rank], ScalarType.Float32),
                    lora.Scale,
                    lora.Dora is { } dora ? Bind(dora.Magnitude, [layer.Outputs], ScalarType.Float32) : null)
                : null;
            adapters.Add(layer, adapter);
        }

        return adapter;
    }

    public void Dispose()
    {
        foreach (Tensor tensor in frozen.Values)
        {
            tensor.Dispose();
        }
    }

    /// <param name="type">Of the tensor if it is frozen.</param>
    private Tensor Bind(WeightBinding binding, long[] shape, ScalarType type)
    {
        if (binding.Trained)
        {
            return trained.Leaf(binding.GradientOffset, shape);
        }

        if (!frozen.TryGetValue(binding.Value, out Tensor? tensor))
        {
            tensor = Freeze(binding.Value, shape, type).DetachFromDisposeScope();
            frozen.Add(binding.Value, tensor);
        }

        return tensor;
    }

    /// <summary>On the processor the host's own memory, where it is an array; else a copy.</summary>
    private Tensor Freeze(ReadOnlyMemory<float> value, long[] shape, ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor host = MemoryMarshal.TryGetArray(value, out ArraySegment<float> array)
            ? frombuffer(array.Array!, ScalarType.Float32, array.Count, array.Offset)
            : tensor(value.ToArray());
        return host.view(shape).to(type, device.Device).MoveToOuterDisposeScope();
    }
}
