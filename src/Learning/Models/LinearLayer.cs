namespace EdgeFlora.Learning.Models;

/// <summary>y = x·Wᵀ + b. The name is the one that adapters know it by, e.g. <c>bert.encoder.layer.0.attention.self.query</c>.</summary>
public sealed class LinearLayer
{
    /// <param name="weight">[outputs × inputs].</param>
    /// <param name="bias">[outputs], or null.</param>
    public LinearLayer(string name, Parameter weight, Parameter? bias)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(weight);
        Name = name;
        Weight = weight;
        Bias = bias;
    }

    public string Name { get; }

    public Parameter Weight { get; }

    public Parameter? Bias { get; }

    public int Inputs => Weight.Columns;

    public int Outputs => Weight.Rows;
}
