namespace EdgeFlora.Coordinator.Options;

public sealed record MergeOptions
{
    internal IEnumerable<string> Problems() => [];
}
