namespace EdgeFlora.Adapters.Safetensors;

/// <summary>
/// Element types of a safetensors file. All are listed so that a file holding any of them opens; only the floating types F16 … F64 are read as
/// numbers.
/// </summary>
public enum TensorType
{
    Bool,
    U8,
    I8,
    F8E5M2,
    F8E4M3,
    U16,
    I16,
    F16,
    BF16,
    U32,
    I32,
    F32,
    U64,
    I64,
    F64,
}
