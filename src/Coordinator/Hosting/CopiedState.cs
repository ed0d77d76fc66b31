namespace EdgeFlora.Coordinator.Hosting;

/// <summary>What was copied from a state folder into a database.</summary>
/// <param name="Bodies">Of runs; 0 where they stay in the folder.</param>
/// <param name="PutAside">The file that the runs were in, under its new name.</param>
public sealed record CopiedState(int Tables, long Rows, int Bodies, string PutAside);
