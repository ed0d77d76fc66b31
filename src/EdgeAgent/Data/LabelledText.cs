namespace EdgeFlora.EdgeAgent.Data;

/// <summary>One example as it stands in the file: its label is a name, which becomes a number only in a task that lists the labels.</summary>
internal sealed record LabelledText(string Text, string? TextPair, string Label);
