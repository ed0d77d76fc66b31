using EdgeFlora.Learning.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace EdgeFlora.Learning.Torch;

/// <summary>A model's operations in TorchSharp; gradients are libtorch's. One object for one forward pass, within one dispose scope.</summary>
/// <remarks>
/// There is no autocast: a layer that is frozen computes in the device's type and casts its input to it, one that is trained in full (a head) computes in fp32,
/// and the fp32 factors of an adapter are cast where they meet the input, so that their gradients arrive in fp32.
/// </remarks>
internal sealed class TorchOperations(TorchWeights weights, TorchDevice device) : IOperations<Tensor>
{
    private PackedSequences? packed;

    public Tensor Embedding(Parameter table, ReadOnlyMemory<int> indices) => weights[table].index_select(0, Indices(indices));

    public Tensor Linear(Tensor input, LinearLayer layer)
    {
        Tensor weight = weights[layer.Weight];
        Tensor x = input.to(weight.dtype);
        Tensor output = functional.linear(x, weight, layer.Bias is { } bias ? weights[bias].to(weight.dtype) : null);
        return weights.AdapterOf(layer) is not { } lora
            ? output
            : output.addmm(x.mm(lora.A.to(x.dtype).t()), lora.B.to(x.dtype).t(), alpha: lora.Scale);
    }

    public Tensor LayerNorm(Tensor input, NormLayer layer) =>
        functional.layer_norm(input, [input.shape[1]], weights[layer.Gain].to(input.dtype), weights[layer.Bias].to(input.dtype), layer.Epsilon);

    public Tensor Attention(Tensor query, Tensor key, Tensor value, int heads, ReadOnlyMemory<int> starts) =>
        TorchAttention.Run(query, key, value, heads, heads, causal: false, window: null, Packed(starts));

    public Tensor Gelu(Tensor input) => functional.gelu(input);

    public Tensor Tanh(Tensor input) => functional.tanh(input);

    public Tensor Add(Tensor left, Tensor right) => left.add(right);

    public Tensor MeanPool(Tensor input, ReadOnlyMemory<int> starts) => Packed(starts).Mean(input);

    public Tensor SelectRows(Tensor input, ReadOnlyMemory<int> rows) => input.index_select(0, Indices(rows));

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
