namespace EdgeFlora.Adapters.Matrices.Kernels;

/// <summary>Part of C: rows [<see cref="Row"/>, <see cref="RowEnd"/>) and columns [<see cref="Column"/>, <see cref="ColumnEnd"/>).</summary>
internal readonly record struct Block(nint Row, nint RowEnd, nint Column, nint ColumnEnd);
