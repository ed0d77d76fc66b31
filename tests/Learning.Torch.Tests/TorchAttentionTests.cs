using TorchSharp;
using static TorchSharp.torch;

namespace EdgeFlora.Learning.Torch.Tests;

[Collection(TorchProcess.Name)]
public sealed class TorchAttentionTests
{
    // Sums of at most 11 products of normal values in single precision, in another order.
    private const double Tolerance = 1e-5;

    [TorchFact]
    public void Single_operations_and_the_fused_kernel_agree_in_values_and_gradients()
    {
        using DisposeScope scope = NewDisposeScope();
        manual_seed(1);
        Tensor keys = ones([11, 11], ScalarType.Bool, CPU).tril();
        foreach (Tensor? mask in new[] { null, keys })
        {
            Tensor[] fused = Inputs(), plain = [.. fused.Select(input => input.detach().clone().requires_grad_())];
            Tensor weights = randn(2, 3, 11, 4);

            Tensor expected = nn.functional.scaled_dot_product_attention(fused[0], fused[1], fused[2], mask);
            Tensor actual = TorchAttention.Plain(plain[0], plain[1], plain[2], mask);
            expected.mul(weights).sum().backward();
            actual.mul(weights).sum().backward();

            Assert.InRange(Distance(expected, actual), 0, Tolerance);
            Assert.All(fused.Zip(plain), pair => Assert.InRange(Distance(pair.First.grad!, pair.Second.grad!), 0, Tolerance));
        }
    }

    /// <summary>Query, key and value: [2 sequences × 3 heads × 11 tokens × 4].</summary>
    private static Tensor[] Inputs() => [.. Enumerable.Range(0, 3).Select(_ => randn(2, 3, 11, 4).requires_grad_())];

    private static double Distance(Tensor x, Tensor y) => x.sub(y).abs().max().item<float>();
}
