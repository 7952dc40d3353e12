import CModbus
import Glibc

/// libmodbus as the authority on answers: a request goes in, the answer comes out, no peer's descriptor is ever touched.
///
/// One context writes into one end of a pair of local sockets and we read its answers from the other end; so it does not
/// matter how large a peer's descriptor is. What libmodbus must not see (bodies that are shorter than they say, illegal
/// counts and unknown functions, at which it pauses) is refused before. Confined to one thread.
final class ModbusProtocol {
    private let context: OpaquePointer
    private let answers: Int32
    private let questions: Int32
    /// The newest answer lies here until the next.
    private let buffer: UnsafeMutableBufferPointer<UInt8>

    init() throws(DeviceProblem) {
        guard let context = modbus_new_tcp("127.0.0.1", 502) else { throw .system("modbus_new_tcp", errno) }
        // The shortest that it takes: libmodbus sleeps this long before some exceptions.
        modbus_set_response_timeout(context, 0, 1)
        var pair: [Int32] = [-1, -1]
        let type = Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        guard socketpair(AF_UNIX, type, 0, &pair) == 0 else {
            modbus_free(context)
            throw .system("socketpair", errno)
        }
        self.context = context
        (questions, answers) = (pair[0], pair[1])
        buffer = .allocate(capacity: ModbusFrame.maximumBytes)
        modbus_set_socket(context, questions)
    }

    deinit {
        close(questions)
        close(answers)
        buffer.deallocate()
        modbus_free(context)
    }

    /// The answer to a whole request out of those registers, which a write changes; nil when libmodbus has none.
    func reply(
        to request: UnsafeBufferPointer<UInt8>, registers: UnsafeMutableBufferPointer<UInt16>, startingAt base: Int
    ) -> UnsafeBufferPointer<UInt8>? {
        let count = Int32(registers.count)
        // Input registers show the same as holding registers: many clients do not know which to read.
        var mapping = modbus_mapping_t(
            nb_bits: 0, start_bits: 0, nb_input_bits: 0, start_input_bits: 0, nb_input_registers: count,
            start_input_registers: Int32(base), nb_registers: count, start_registers: Int32(base), tab_bits: nil,
            tab_input_bits: nil, tab_input_registers: registers.baseAddress, tab_registers: registers.baseAddress)
        return modbus_reply(context, request.baseAddress, Int32(request.count), &mapping) > 0 ? answer() : nil
    }

    func exception(_ code: UInt32, to request: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8>? {
        modbus_reply_exception(context, request.baseAddress, code) > 0 ? answer() : nil
    }

    private func answer() -> UnsafeBufferPointer<UInt8>? {
        let count = recv(answers, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
        return count > 0 ? UnsafeBufferPointer(rebasing: buffer[..<count]) : nil
    }
}
