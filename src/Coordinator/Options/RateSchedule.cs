namespace EdgeFlora.Coordinator.Options;

/// <summary>What the learning rate does within a round after its warm-up.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(System.Text.Json.Serialization.JsonStringEnumConverter<RateSchedule>))]
public enum RateSchedule
{
    /// <summary>Stays.</summary>
    Constant,

    /// <summary>Falls in equal parts to 0.</summary>
    Linear,

    /// <summary>Falls along half a cosine wave to 0.</summary>
    Cosine,
}
