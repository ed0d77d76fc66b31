namespace EdgeFlora.Learning.Tokenizers.Pieces;

/// <summary>What two neighbouring pieces become.</summary>
/// <param name="Rank">Merges of lower rank come first.</param>
/// <param name="Id">The piece they become.</param>
internal readonly record struct BpeMerge(int Rank, int Id);
