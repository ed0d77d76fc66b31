namespace EdgeFlora.Learning.Portable;

/// <summary>A place in an <see cref="Arena"/>.</summary>
internal readonly record struct ArenaMark(int Block, int Used);
