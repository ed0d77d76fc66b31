namespace EdgeFlora.Experiments.Local;

/// <summary>What an agent's work came to.</summary>
/// <param name="Body">SHA-256 of the update's body.</param>
/// <param name="Size">Bytes of it.</param>
/// <param name="Examples">Texts trained on.</param>
/// <param name="Before">Accuracy on held-out texts before training; null without any.</param>
/// <param name="After">The same afterwards.</param>
/// <param name="HeldOut">Texts held out.</param>
/// <param name="Milliseconds">Of training.</param>
/// <param name="ClassCounts">Texts of each class.</param>
internal sealed record LocalOutcome(
    string Body, long Size, int Examples, double? Before, double? After, int HeldOut, long Milliseconds, IReadOnlyList<int> ClassCounts);
