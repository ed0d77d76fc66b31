using EdgeFlora.Learning.Adapting;
using EdgeFlora.Learning.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace EdgeFlora.Learning.Torch;

/// <summary>What the parameters and layers of a model are bound to on the device. A frozen weight gets there when it is first used, and stays.</summary>
internal sealed class TorchWeights(Weights weights, TrainedTensors trained, TorchDevice device) : IDisposable
{
    private readonly Dictionary<WeightBinding, Tensor> frozen = [];
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

        if (!frozen.TryGetValue(binding, out Tensor? tensor))
        {
            tensor = Freeze(binding, shape, type).DetachFromDisposeScope();
            frozen.Add(binding, tensor);
        }

        return tensor;
    }

    /// <summary>A copy on the device; the widened values are let go of once they are there.</summary>
    private Tensor Freeze(WeightBinding binding, long[] shape, ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        float[] values = new float[shape.Aggregate(1L, (length, dimension) => length * dimension)];
        binding.Read(0, values);
        return tensor(values).view(shape).to(type, device.Device).MoveToOuterDisposeScope();
    }
}
