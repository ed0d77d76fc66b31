namespace EdgeFlora.Coordinator.Options;

/// <summary>By what models of a run are compared.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(System.Text.Json.Serialization.JsonStringEnumConverter<ModelMetric>))]
public enum ModelMetric
{
    /// <summary>Mean cross-entropy on held-out examples; lower is better.</summary>
    Loss,

    /// <summary>Share of held-out examples labelled right; higher is better.</summary>
    Accuracy,
}
