using EdgeFlora.Learning.Kernels;
using EdgeFlora.Learning.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace EdgeFlora.Learning.Torch;

/// <summary>A model's operations in TorchSharp; gradients are libtorch's. One object for one forward pass, within one dispose scope.</summary>
/// <remarks>
/// There is no autocast: a layer that is frozen computes in the device's type and casts its input to it, one that is trained in full (a head)
/// computes in fp32, and the fp32 factors of an adapter are cast where they meet the input, so that their gradients arrive in fp32.
/// </remarks>
/// <param name="remembered">
/// Earlier keys and values of the sequences, which are extended; null to compute whole sequences. Without gradients only.
/// </param>
internal sealed class TorchOperations(TorchWeights weights, TorchDevice device, TorchKeyValueCache? remembered = null) : IOperations<Tensor>
{
    private PackedSequences? packed;
    private TorchRotation? rotation;
    private NewTokens? added;
    private int attentions;

    // Not index_select, whose gradient on CUDA adds up rows that are asked for twice in any order.
    public Tensor Embedding(Parameter table, ReadOnlyMemory<int> indices) => weights[table].index(Indices(indices));

    public Tensor Linear(Tensor input, LinearLayer layer)
    {
        Tensor weight = weights[layer.Weight];
        Tensor x = input.to(weight.dtype);
        Tensor? bias = layer.Bias is { } b ? weights[b].to(weight.dtype) : null;
        return weights.AdapterOf(layer) is { } lora ? lora.Apply(x, weight, bias) : functional.linear(x, weight, bias);
    }

    public Tensor LayerNorm(Tensor input, NormLayer layer) =>
        functional.layer_norm(input, [input.shape[1]], weights[layer.Gain].to(input.dtype), weights[layer.Bias].to(input.dtype), layer.Epsilon);

    public Tensor Attention(Tensor query, Tensor key, Tensor value, AttentionShape shape, ReadOnlyMemory<int> starts)
    {
        if (remembered is null)
        {
            return TorchAttention.Run(query, key, value, shape, Packed(starts));
        }

        // Every layer adds the same tokens.
        added ??= remembered.Add(Packed(starts));
        return TorchAttention.Continue(query, remembered.Extend(attentions++, key, value, added), shape, added);
    }

    public Tensor Gelu(Tensor input) => functional.gelu(input);

    public Tensor Tanh(Tensor input) => functional.tanh(input);

    public Tensor Add(Tensor left, Tensor right) => left.add(right);

    public Tensor MeanPool(Tensor input, ReadOnlyMemory<int> starts) => Packed(starts).Mean(input);

    public Tensor SelectRows(Tensor input, ReadOnlyMemory<int> rows) => input.index_select(0, Indices(rows));

    public Tensor RmsNorm(Tensor input, RmsNormLayer layer)
    {
        Tensor x = input.to(ScalarType.Float32);
        Tensor normed = x.mul(x.square().mean([1], keepdim: true).add(Scalars.Of(layer.Epsilon), Scalars.Of(1)).rsqrt());
        return normed.to(input.dtype).mul(weights[layer.Gain].to(input.dtype));
    }

    public Tensor Rotary(Tensor input, int heads, RotaryTable table, ReadOnlyMemory<int> positions)
    {
        // Every layer rotates by the same angles.
        if (rotation?.Of(table, positions) != true)
        {
            rotation = new TorchRotation(table, positions, device.Device);
        }

        return rotation.Apply(input, heads);
    }

    public Tensor Silu(Tensor input) => functional.silu(input);

    public Tensor GeluTanh(Tensor input) => functional.gelu(input, TorchSharp.Modules.GELU.Approximate.tanh);

    public Tensor Multiply(Tensor left, Tensor right) => left.mul(right);

    public Tensor Relu(Tensor input) => functional.relu(input);

    public Tensor Scale(Tensor input, float factor) => input.mul(Scalars.Of(factor));

    public Tensor Columns(Tensor input, int from, int count) => input.narrow(1, from, count);

    private Tensor Indices(ReadOnlyMemory<int> values) => tensor(values.ToArray(), device: device.Device);

    private PackedSequences Packed(ReadOnlyMemory<int> starts)
    {
        // Every layer asks for the same sequences.
        if (packed?.Starts.Equals(starts) != true)
        {
            packed = new PackedSequences(starts, device.Device);
        }

        return packed;
    }
}
