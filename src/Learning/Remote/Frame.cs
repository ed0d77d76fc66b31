namespace EdgeFlora.Learning.Remote;

/// <summary>One message between proxy and worker.</summary>
internal readonly record struct Frame(FrameKind Kind, ReadOnlyMemory<byte> Content);
