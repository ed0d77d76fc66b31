namespace EdgeFlora.Aggregation;

/// <summary>Re-weightings of updates by their distances in product space, over all modules together.</summary>
/// <remarks>None is free: with very different honest agents each moves the result by 30–45 % even when nobody is hostile. Clipping to the median is the default defence.</remarks>
public enum RobustRule
{
    /// <summary>Weights stay as they are.</summary>
    None,

    /// <summary>Keeps the agents whose nearest neighbours are nearest (Blanchard et al. 2017), drops the others.</summary>
    MultiKrum,

    /// <summary>Weights of the point with the least weighted sum of distances (Weiszfeld 1937; Pillutla et al. 2022).</summary>
    GeometricMedian,

    /// <summary>Pulls far updates towards a running centre (Karimireddy et al. 2021).</summary>
    CentredClipping,
}
