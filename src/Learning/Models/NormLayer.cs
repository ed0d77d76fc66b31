namespace EdgeFlora.Learning.Models;

/// <summary>Layer normalisation over the last dimension: gain ∘ (x − mean)/√(variance + ε) + bias (arXiv 1607.06450).</summary>
public sealed class NormLayer(ModelLayout layout, string name, int width, float epsilon)
{
    /// <summary>[width].</summary>
    public Parameter Gain { get; } = layout.Declare($"{name}.weight", width);

    /// <summary>[width].</summary>
    public Parameter Bias { get; } = layout.Declare($"{name}.bias", width);

    public float Epsilon { get; } = epsilon;
}
