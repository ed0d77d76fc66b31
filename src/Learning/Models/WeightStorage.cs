namespace EdgeFlora.Learning.Models;

/// <summary>How the frozen weights of a model are held while it is used.</summary>
public enum WeightStorage
{
    /// <summary>
    /// Where they lie in the file, mapped into memory in the file's own type: nothing is copied, and all processes on a machine share one copy. The
    /// default.
    /// </summary>
    Mapped,

    /// <summary>
    /// Copied and widened to single precision, four bytes a value: for a file that may be written to or taken away while it is used.
    /// </summary>
    Singles,

    /// <summary>
    /// Copied and rounded to 8-bit whole numbers with one scale a row: a half or a quarter of the file's memory, at the price of other bits.
    /// </summary>
    EightBit,

    /// <summary>
    /// Copied and rounded to bfloat16, two bytes a value: half the memory of a file in single precision. The torch engine then computes in bfloat16
    /// on every device.
    /// </summary>
    Bf16,

    /// <summary>
    /// Copied and rounded to 4-bit NormalFloats with one scale for 64 values (NF4, arXiv 2305.14314): a quarter of a file in half precision, at the
    /// price of more of the bits.
    /// </summary>
    FourBit,
}
