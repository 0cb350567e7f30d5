import { connect, type Socket } from "node:net";
import { type Address, addressOf, hostOf, portOf } from "../core/address.ts";
import { type Asker, programHello } from "../protocols/link/program-hello.ts";
import { decode, encode } from "../wire/codec.ts";
import {
  CONTROL_FRAME,
  type ControlAnswer,
  type ControlRequest,
  controlAnswer,
  controlRequest,
} from "../wire/control-message.ts";
import { encodeFrame, FrameDecoder } from "../wire/frame.ts";

/** The request ID of the one request of a connection. */
const REQUEST_ID = 1;

/**
 * Asks the peer at an address to carry out a line, on a connection of its own: past every fault, pause and crash of both.
 * Rejects with one line that says why there is no answer.
 */
export function askControl(
  address: Address,
  asker: Asker,
  request: ControlRequest,
  timeoutMs: number,
): Promise<ControlAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostOf(address), port: portOf(address), noDelay: true });
    const decoder = new FrameDecoder();
    const end = (act: () => void): void => {
      clearTimeout(timer);
      socket.destroy();
      act();
    };
    const fail = (reason: string): void => end(() => reject(new Error(reason)));
    const timer = setTimeout(() => fail(`no answer within ${timeoutMs} ms`), timeoutMs);
    socket.once("connect", () => socket.write(Buffer.concat([helloOf(asker, socket), requestOf(request)])));
    socket.on("error", (error) => fail(error.message));
    socket.on("close", () => fail("closed without an answer"));
    socket.on("data", (chunk) => {
      const [frame] = decoder.push(chunk);
      if (frame === undefined) return decoder.failure === undefined ? undefined : fail("what answers there is no peer");
      const isAnswer = frame.type === CONTROL_FRAME.answer && frame.requestId === REQUEST_ID;
      const answer = isAnswer ? decode(controlAnswer, frame.payload) : undefined;
      if (answer?.kind !== "value") return fail("what answers there takes no commands");
      return end(() => resolve(answer.value));
    });
  });
}

/** A program listens nowhere: its address is that of this connection. */
function helloOf(asker: Asker, socket: Socket): Buffer {
  return programHello(asker, addressOf(socket.localAddress ?? "", socket.localPort ?? 0) ?? ("127.0.0.1:1" as Address));
}

function requestOf(request: ControlRequest): Buffer {
  const header = { type: CONTROL_FRAME.request, requestId: REQUEST_ID, imageSize: 0 };
  return encodeFrame(header, encode(controlRequest, request));
}
