namespace EdgeFlora.Learning.Models;

/// <summary>Root-mean-square normalisation over the last dimension: gain ∘ x/√(mean(x²) + ε) (arXiv 1910.07467).</summary>
public sealed class RmsNormLayer(ModelLayout layout, string name, int width, float epsilon)
{
    /// <summary>[width].</summary>
    public Parameter Gain { get; } = layout.Declare($"{name}.weight", width);

    public float Epsilon { get; } = epsilon;
}
