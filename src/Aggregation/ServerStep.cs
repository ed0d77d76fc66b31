namespace EdgeFlora.Aggregation;

/// <summary>How the global adapter moves towards what the strategy made of a round's updates.</summary>
public enum ServerStep
{
    /// <summary>A step of fixed length, <see cref="AggregationOptions.ServerRate"/> times the updates' weighted mean.</summary>
    Fixed,

    /// <summary>The length follows from how much the updates agree (FedExP, arXiv 2301.09604); never shorter than 1.</summary>
    FedExp,

    /// <summary>Earlier steps are carried on (FedAvgM, arXiv 1909.06335).</summary>
    Momentum,

    /// <summary>Adam on the server (arXiv 2003.00295), with second moments by row and column of each module's product.</summary>
    FedAdam,

    /// <summary>Yogi on the server (arXiv 2003.00295), with the same second moments.</summary>
    FedYogi,
}
