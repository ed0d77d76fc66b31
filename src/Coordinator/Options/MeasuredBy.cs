namespace EdgeFlora.Coordinator.Options;

/// <summary>Whose figures models of a run are compared by.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(System.Text.Json.Serialization.JsonStringEnumConverter<MeasuredBy>))]
public enum MeasuredBy
{
    /// <summary>The evaluators', on a central test set; of several the mean, weighted by their examples.</summary>
    Evaluator,

    /// <summary>
    /// The agents', on their held-out data, weighted by their held-out examples but no more than the training examples they count with. They measure
    /// a model before they train on it, so that a round's figure is known when the next one is over.
    /// </summary>
    Agents,
}
