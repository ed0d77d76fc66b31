namespace EdgeFlora.Adapters.Matrices.Kernels;

/// <summary>How an outer product is cut; depends on its shape alone, so that its bits do too.</summary>
/// <param name="K">Steps between two visits to the same tile of C.</param>
/// <param name="N">Columns of B that stay in the cache together; a multiple of the tile width.</param>
/// <param name="PackB">Copy panels of B before use.</param>
/// <param name="Stream">Write C past the caches.</param>
/// <param name="FetchC">Call C into the cache before it is added to.</param>
/// <param name="Triple">C is just three registers wide and B is read in place: tiles take its whole width.</param>
internal readonly record struct Blocking(nint K, nint N, bool PackB, bool Stream, bool FetchC, bool Triple);
