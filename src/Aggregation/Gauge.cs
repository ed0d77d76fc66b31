namespace EdgeFlora.Aggregation;

/// <summary>How a product B·A is split into the factors that agents train on; the product itself is the same in every gauge.</summary>
public enum Gauge
{
    /// <summary>Near the mean of the agents' factors: for agents that keep optimiser state across rounds.</summary>
    Anchored,

    /// <summary>
    /// A has orthogonal rows of equal length τ = ‖Ā‖/√r along the principal directions, B carries the singular values: for agents that start their
    /// optimiser anew.
    /// </summary>
    Principal,

    /// <summary>Both factors carry the root of the singular values.</summary>
    Balanced,
}
