using EdgeFlora.Adapters;
using static TorchSharp.torch;

namespace EdgeFlora.Learning.Torch;

/// <summary>The factors that a linear layer is adapted by.</summary>
/// <param name="A">[rank × inputs], fp32.</param>
/// <param name="B">[outputs × rank], fp32.</param>
/// <param name="Magnitude">DoRA's row lengths [outputs], fp32; null for the other variants.</param>
internal sealed record TorchLora(AdapterVariant Variant, Tensor A, Tensor B, float Scale, Tensor? Magnitude)
{
    /// <summary>x·Wᵀ + b with what the variant makes of the factors.</summary>
    /// <param name="x">[rows × inputs], of the type of <paramref name="weight"/>.</param>
    public Tensor Apply(Tensor x, Tensor weight, Tensor? bias)
    {
        switch (Variant)
        {
            case AdapterVariant.Hira:
                // The adapted weight has full rank, so it is formed; in fp32, for a small change of a bf16 weight would be lost.
                Tensor change = B.mm(A).mul(Scalars.Of(Scale)).mul(weight);
                return nn.functional.linear(x, weight.to(ScalarType.Float32).add(change).to(x.dtype), bias);
            case AdapterVariant.Dora:
                Tensor scaled = Adapted(x, nn.functional.linear(x, weight)).mul(Magnitude!.div(Lengths(weight)).to(x.dtype));
                return bias is null ? scaled : scaled.add(bias);
            default:
                return Adapted(x, nn.functional.linear(x, weight, bias));
        }
    }

    private Tensor Adapted(Tensor x, Tensor output) => output.addmm(x.mm(A.to(x.dtype).t()), B.to(x.dtype).t(), alpha: Scale);

    /// <summary>
    /// ‖W₀ + scale·B·A‖ of each row, a constant in backward (arXiv 2402.09353, 4.3). A row of zeros has no direction; its factor must come out as 0.
    /// </summary>
    private Tensor Lengths(Tensor weight)
    {
        using IDisposable constant = no_grad();
        Tensor lengths = weight.to(ScalarType.Float32).add(B.mm(A), alpha: Scalars.Of(Scale)).square().sum(1).sqrt();
        return lengths.masked_fill(lengths.eq(Scalars.Of(0)), Scalars.Of(double.PositiveInfinity));
    }
}
