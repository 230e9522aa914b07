import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { done, type Outcome } from '@quaywatch/kernel';
import { OnEvents, type EventBatch } from '@quaywatch/runtime';
import { projectBook } from './project-book';

/** Keeps what people recorded (stops, rules, components) and when findings were at "act now". */
@Controller()
export class BookReactor {
  @OnEvents('condition-book', 'condition')
  async onCondition(@Payload() batch: EventBatch): Promise<Outcome> {
    await projectBook(batch);
    return done;
  }
}
