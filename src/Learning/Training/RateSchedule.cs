namespace EdgeFlora.Learning.Training;

/// <summary>What the learning rate does after the warm-up.</summary>
public enum RateSchedule
{
    /// <summary>Stays.</summary>
    Constant,

    /// <summary>Falls in equal parts, so that the step after the last would have 0.</summary>
    Linear,

    /// <summary>Falls along half a cosine wave, so that the step after the last would have 0 (arXiv 1608.03983, without restarts).</summary>
    Cosine,
}
