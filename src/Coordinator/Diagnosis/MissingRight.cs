namespace EdgeFlora.Coordinator.Diagnosis;

/// <summary>Something that a service does in its database and its user may not do.</summary>
/// <param name="Deed">What, after "may not".</param>
/// <param name="Mend">What an administrator of the database types into <c>psql</c>.</param>
public sealed record MissingRight(string Deed, string Mend);
