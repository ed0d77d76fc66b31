namespace EdgeFlora.Contracts.Tasks;

/// <summary>How stochastic gradient descent makes steps of gradients.</summary>
public sealed record SgdSettings
{
    /// <summary>Share of the last step that the next one keeps, 0 … below 1.</summary>
    public double Momentum { get; init; }

    /// <summary>Whether momentum looks one step ahead.</summary>
    public bool Nesterov { get; init; }
}
