namespace EdgeFlora.Coordinator.Store;

/// <summary>One step of the database's schema, forward only.</summary>
/// <param name="Number">
/// The version that it leads to, kept in SQLite's <c>user_version</c> or PostgreSQL's table <c>schema_version</c>. The first begins with nothing.
/// </param>
/// <param name="Name">What it is about, for people.</param>
/// <param name="Sql">Its statements.</param>
internal sealed record Migration(int Number, string Name, string Sql);
